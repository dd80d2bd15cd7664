#include "unit/zygote_request.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace braid::runtime {

int send_request(int socket, const Request& request, const sockaddr_un* to,
                 socklen_t to_size) noexcept {
  std::uint32_t granule = Ref<ProcessUnit>(request.unit).granule();
  iovec data{&granule, request.unit != nullptr ? sizeof granule : 0};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_name = const_cast<sockaddr_un*>(to);
  message.msg_namelen = to_size;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (request.working_directory >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &request.working_directory, sizeof(int));
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

Request receive_request(int socket, bool waits) noexcept {
  std::uint32_t granule = 0;
  iovec data{&granule, sizeof granule};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const int flags = MSG_CMSG_CLOEXEC | (waits ? 0 : MSG_DONTWAIT);
  ssize_t size = -1;
  do {
    size = recvmsg(socket, &message, flags);
  } while (size < 0 && errno == EINTR);
  Request request;
  bool is_ours = size == sizeof granule;
  if (size < 0) return request;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_type == SCM_RIGHTS) {
      std::memcpy(&request.working_directory, CMSG_DATA(header), sizeof(int));
    } else if (header->cmsg_type == SCM_CREDENTIALS) {
      ucred sender{};
      std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
      is_ours = is_ours && sender.uid == getuid();
    }
  }
  if (is_ours) {
    request.unit = Ref<ProcessUnit>::from_granule(granule).get();
  } else if (request.working_directory >= 0) {
    close(request.working_directory);
    request.working_directory = -1;
  }
  return request;
}

}  // namespace braid::runtime
